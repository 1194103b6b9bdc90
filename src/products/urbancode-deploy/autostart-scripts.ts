/**
 * The scripts of autostart.ts: one line each, because sudoers takes no other; data only as arguments. What they change is marked
 * where it stands, so that putting it back needs no memory but that mark, and a reboot or a lost run forgets nothing.
 */

/** $1: words of the install dir. */
const EACH_LINK = 'for l in /etc/rc[2345S].d/S[0-9][0-9]*; do if [ -f "$l" ] && grep -qE -e "$1" -- "$l" && grep -qF -e bin/server -- "$l"; then';
export const LOOK_AT_LINKS = `${EACH_LINK} printf "%s\\n" "$l"; fi; done`;
/** Init passes over names that begin with neither S nor K. */
export const LINKS_OFF = `${EACH_LINK} mv -nT -- "$l" "\${l%/*}/.lockkeeper-\${l##*/}" || exit; fi; done`;
export const LINKS_ON = 'for l in /etc/rc[2345S].d/.lockkeeper-S*; do if [ -L "$l" ] || [ -f "$l" ]; then mv -nT -- "$l" "${l%/*}/${l##*/.lockkeeper-}" || exit; fi; done';

/**
 * $1: lines that start the server. A line may also start a script of init's by its name: $3 and $4 stand around the names of
 * those that start this server ($2: words of the install dir).
 */
const LINES = 'p=$1; for s in /etc/init.d/* /etc/rc.d/init.d/*; do if [ -f "$s" ] && grep -qE -e "$2" -- "$s" && grep -qF -e bin/server -- "$s"; then '
  + 'n=$(printf %s "${s##*/}" | sed "s/[^A-Za-z0-9_-]/[&]/g") || exit; p="$p|$3$n$4"; fi; done;';
/** Debian's and Red Hat's; cron sees a table that was replaced. */
const EACH_TABLE = 'for f in /etc/crontab /etc/anacrontab /etc/cron.d/* /var/spool/cron/* /var/spool/cron/crontabs/*; do';
export const LOOK_AT_TABLES = `${LINES} ${EACH_TABLE} if [ -f "$f" ]; then grep -HE -e "$p" -- "$f" || [ $? = 1 ] || exit; fi; done`;
export const TABLES_OFF = `${LINES} ${EACH_TABLE} if [ -f "$f" ] && grep -qE -e "$p" -- "$f"; then n=$(grep -nE -e "$p" -- "$f" | sed "s/:.*/s,^,#lockkeeper-off# ,/") && sed -i -e "$n" -- "$f" || exit; fi; done`;
export const TABLES_ON = `${EACH_TABLE} if [ -f "$f" ] && grep -q "^#lockkeeper-off# " -- "$f"; then sed -i -e "s/^#lockkeeper-off# //" -- "$f" || exit; fi; done`;

/** Prints the names of the checks that name $1 and may start something. A check goes from one line that begins with "check" to the next. */
const CHECKS = `word=$1 awk 'function end() { if (named && starts) print name; named = starts = 0 } /^[ \\t]*#/ { next } tolower($1) == "check" { end(); name = $3; gsub(/"/, "", name) } `
  + `{ if (index($0, ENVIRON["word"])) named = 1; if (tolower($0) ~ /start/) starts = 1 } END { end() }' $files`;
const FILES = 'files=; for f in /etc/monitrc /etc/monit/monitrc /etc/monit.d/* /etc/monit/conf.d/* /etc/monit/conf-enabled/*; do if [ -f "$f" ]; then files="$files $f"; fi; done; if [ -z "$files" ]; then exit 0; fi;';
export const LOOK_AT_MONIT = `${FILES} checks=$(${CHECKS}) || exit; if [ -z "$checks" ]; then exit 0; fi; printf "%s\\n\\n" "$checks"; monit -B status || [ $? = 1 ]`;
const MEMORY = '/var/lib/lockkeeper/unmonitored';
/** Remembers the checks that it switches off, because monit itself does not tell them from those that were off before. */
export const MONIT_OFF = `${FILES} for c in $(${CHECKS}); do if monit -B status "$c" | grep -qE "monitoring status +(Monitored|Initializing|Waiting)"; then printf "%s\\n" "$c" >>${MEMORY} && monit unmonitor "$c" || exit; fi; done`;
export const MONIT_ON = `if [ -f ${MEMORY} ]; then while read -r c; do monit monitor "$c" || exit; done <${MEMORY}; rm -f ${MEMORY}; fi`;
