/** A mongodump that reads nothing and writes a file: the simulated Application Database holds no data. */
export const MONGODUMP = `#!/bin/sh
for word in "$@"; do case $word in --archive=*) archive=\${word#--archive=} ;; esac; done
[ -n "$archive" ] || { echo "mongodump: this simulated host knows --archive=FILE only" >&2; exit 2; }
sleep 1
echo "Lockkeeper simulation: the Application Database, $(date -u)" > "$archive"
echo "done dumping the simulated Application Database to $archive"
`;
