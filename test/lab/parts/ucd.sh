# The UrbanCode Deploy installation: three servers, a cold standby and a load balancer, which share a database and a folder of
# application data. Each starting release is prepared once per state of the lab's sources, then put back in seconds.
#
#   ucd-1   10.77.0.21  server; sysvinit; a boot link of the site's init script
#   ucd-2   10.77.0.22  server; systemd; the site's unit ucd-server, which restarts it always
#   ucd-3   10.77.0.23  server; sysvinit; sudo asks for the password; monit is installed and, until switched on, off
#   ucd-4   10.77.0.24  cold standby: installed, down, not started at boot
#   ucd-lb  10.77.0.25  HAProxy: TLS, backend `ucd`, servers u1 to u3
#
# It and the Ops Manager installation are never up at the same time: a reset of one switches the other off.

UCD_SERVERS='ucd-1 ucd-2 ucd-3'
UCD_NODES="$UCD_SERVERS ucd-4"
UCD_WINDOWS=${LAB_UCD_WINDOWS:+ucd-w}   # by hand or by a test: a Windows node, too (ucd-windows.sh)
UCD_SITE=$LAB_SOURCE/stand-in-urbancode/site
UCD_STATE=$LAB_STATE/ucd        # what nodes share (appdata, database), the lab's CA, and what is kept of each release
UCD_USER=700                    # the number of `ucd` everywhere, as in a company's directory
UCD_FIRST_RELEASE=${LAB_UCD_RELEASE:-6.2.7.1}

lab_ucd() {
  mkdir -p "$UCD_STATE"
  case ${1:-} in
    start) ucd_is_up "${2:-$UCD_FIRST_RELEASE}" || ucd_reset "${2:-$UCD_FIRST_RELEASE}" ;;
    reset) ucd_reset "${2:-$UCD_FIRST_RELEASE}" ;;
    wait) ucd_wait ;;
    ca) make_ucd_ca; echo "$UCD_STATE/ca.pem" ;;
    *) die "usage: lab ucd start|reset|wait [RELEASE] | ca" ;;
  esac
}

ucd_is_up() { [ "$(current_installation)" = "ucd $(ucd_name) $1" ] && ucd_ready >/dev/null 2>&1; }

ucd_reset() {
  local release=$1 host kept
  [ -f "$(lab_packages)/ibm-ucd-$release.zip" ] || die "there is no stand-in of UrbanCode Deploy $release"
  network_up
  switch_to 'ucd-*' "ucd $(ucd_name) $release"
  all_off
  kept=$UCD_STATE/kept/$release
  ucd_hosts_are_prepared || prepare_ucd_hosts
  [ -d "$kept" ] || prepare_ucd_release "$release"
  put_ucd_back "$release"
  for_all_hosts forget && for_all_hosts boot_again || exit 1
  ucd_wait
}

# Every host as this release left it.
put_ucd_back() {
  local host name
  for host in $(each_host); do ln -sfn "releases/$1" "$HOSTS/$host/release"; done
  for name in appdata database; do rm -rf "${UCD_STATE:?}/$name"; cp -a "$UCD_STATE/kept/$1/$name" "$UCD_STATE/$name"; done
}

# Changes when anything that is on the hosts' disks would.
ucd_name() {
  local base packages sudoers=${LAB_UCD_SUDOERS:-$LAB_SOURCE/sudoers-urbancode}
  base=$(lab_base) && packages=$(lab_packages) || exit 1
  echo "$base $packages $UCD_WINDOWS $(cat "$sudoers" "$UCD_SITE"/* "$WINDOWS_SOURCE"/* "$LAB_SOURCE"/{sudoers-with-password,parts/ucd.sh,parts/ucd-windows.sh,parts/host.sh} | sha256sum)" | sha256sum | cut -c1-12
}

ucd_hosts_are_prepared() { [ "$(cat "$UCD_STATE/name" 2>/dev/null)" = "$(ucd_name)" ]; }

# What all releases have in common: hosts with the user, a Java, and what the site has put beside the product.
prepare_ucd_hosts() {
  local sudoers=${LAB_UCD_SUDOERS:-$LAB_SOURCE/sudoers-urbancode} host
  for host in $(each_host); do lab_rm "$host"; done
  rm -rf "$UCD_STATE"/{kept,appdata,database,name}
  make_ucd_ca
  empty_ucd_shares
  for host in $UCD_NODES $UCD_WINDOWS; do
    mkdir -p "$HOSTS/$host"
    printf '%s\n' "$UCD_STATE/appdata /mnt/ucd/appdata" "$UCD_STATE/database /var/lib/ucd-database" >"$HOSTS/$host/shared"
  done
  lab_up ucd-1 21 --sudoers "$sudoers"
  lab_up ucd-2 22 --sudoers "$sudoers" --systemd
  lab_up ucd-3 23 --sudo-password
  lab_up ucd-4 24 --sudoers "$sudoers"
  lab_up ucd-lb 25 --sudoers "$sudoers"
  [ -z "$UCD_WINDOWS" ] || up_windows_node
  for host in $UCD_NODES $UCD_WINDOWS; do prepare_ucd_node "$host"; done
  lab_sh ucd-lb sh -c 'cat >/etc/haproxy/server.pem' <"$UCD_STATE/server.pem"
  lab_sh ucd-lb sh -c 'cat >/etc/haproxy/ca.pem' <"$UCD_STATE/ca.pem"
  lab_sh ucd-lb sh -c 'cat >/etc/haproxy/haproxy.cfg; usermod -aG haproxy ops; update-rc.d haproxy defaults' < <(
    cat "$UCD_SITE/haproxy.cfg"
    [ -z "$UCD_WINDOWS" ] || echo '  server u4 10.77.0.26:8443 cookie u4'
  )
  all_off
  for host in $(each_host); do mv "$HOSTS/$host/upper" "$HOSTS/$host/snapshot"; mkdir -p "$HOSTS/$host"/{upper,releases}; done
  ucd_name >"$UCD_STATE/name"
}

prepare_ucd_node() {
  local host=$1
  lab_sh "$host" sh -c "$UCD_NODE" node "$UCD_USER" || die "$host: could not be prepared"
  lab_sh "$host" sh -c 'cat >/opt/ucd/jre/bin/java && chmod 755 /opt/ucd/jre/bin/java' <"$LAB_SOURCE/stand-in-urbancode/java"
  lab_sh "$host" sh -c 'cat >/usr/bin/ucd-database && chmod 755 /usr/bin/ucd-database' <"$LAB_SOURCE/stand-in-urbancode/lib/database.py"
  if [ "$host" = ucd-w ]; then
    prepare_windows_node
  elif [ "$host" = ucd-2 ]; then
    lab_sh "$host" sh -c 'cat >/etc/systemd/system/ucd-server.service' <"$UCD_SITE/ucd-server.service"
    lab_sh "$host" sh -c 'd=/etc/systemd/system/ucd-server.service.d; mkdir $d; cat >$d/restart.conf; systemctl daemon-reload; systemctl -q enable ucd-server' <"$UCD_SITE/restart.conf"
  else
    lab_sh "$host" sh -c 'cat >/etc/init.d/ucd-server && chmod 755 /etc/init.d/ucd-server' <"$UCD_SITE/init-script"
    [ "$host" = ucd-4 ] || lab_sh "$host" update-rc.d ucd-server defaults
  fi
  [ "$host" != ucd-3 ] || lab_sh "$host" sh -c 'cat >/etc/monit/conf.d/ucd-server' <"$UCD_SITE/monit"
  [ "$host" != ucd-4 ] || lab_sh "$host" touch /var/lib/stand-in/standby
}

# Run on a node. The one application-data folder and the database belong to every host's `ucd`, for all have its number. It takes
# away switches that count once, whoever wrote them.
UCD_NODE='set -e
chmod 777 /var/lib/stand-in/behaviour
id ucd >/dev/null 2>&1 || { groupadd -r -g $1 ucd; useradd -r -m -u $1 -g ucd -s /usr/sbin/nologin ucd; }
install -d -o ucd -g ucd /opt/ucd /opt/ucd/jre /opt/ucd/jre/bin /opt/ucd/jre/lib
ln -s /usr/bin/python3 /opt/ucd/jre/lib/java
echo "JAVA_VERSION=\"1.8.0_301\"" >/opt/ucd/jre/release
ln -s /opt/ucd/jre/bin/java /usr/bin/java'

# install_ucd HOST RELEASE: a new installation by the release's own installer, as `ucd`
install_ucd() {
  lab_sh "$1" sh -c 'rm -rf /opt/ucd/package && mkdir /opt/ucd/package && cat >/opt/ucd/package/zip && cd /opt/ucd/package && unzip -q zip &&
    printf "%s\n" nonInteractive=true install.server.dir=/opt/ucd/server install.java.home=/opt/ucd/jre server.initial.password=first \
      install.server.web.host=ucd-lb install.server.web.https.port=8443 install.server.web.port=8080 install.server.web.always.secure=Y \
      server.appdata.dir=/mnt/ucd/appdata database.type=mysql hibernate.connection.driver_class=com.mysql.jdbc.Driver \
      hibernate.connection.url=jdbc:mysql://control:3306/ucd hibernate.connection.username=ucd \
      "agentcomm.uri=wss://$1:7919" >>ibm-ucd-install/install.properties &&
    chown -R ucd: /opt/ucd && setpriv --reuid ucd --regid ucd --init-groups ibm-ucd-install/install-server.sh >/dev/null &&
    echo driver >/opt/ucd/server/lib/ext/mysql-connector-java.jar && chown ucd: /opt/ucd/server/lib/ext/* && rm -rf /opt/ucd/package' install "$1" \
    <"$(lab_packages)/ibm-ucd-$2.zip" || die "$1: UrbanCode Deploy $2 could not be installed"
}

prepare_ucd_release() {
  local release=$1 host kept=$UCD_STATE/kept/$1
  for host in $(each_host); do rm -rf "$HOSTS/$host/releases/$release" "$HOSTS/$host/release"; done
  empty_ucd_shares
  for_all_hosts forget && for_all_hosts boot_again || exit 1
  for host in $UCD_NODES; do install_ucd "$host" "$release"; done
  [ -z "$UCD_WINDOWS" ] || install_windows_node "$release"
  ucd_site_data "$release" # after the last installer, which would switch patches off
  for host in $UCD_NODES $UCD_WINDOWS; do lab_sh "$host" rm -f /var/lib/stand-in/installs /var/lib/stand-in/violations; done
  all_off
  for host in $(each_host); do mv "$HOSTS/$host/upper" "$HOSTS/$host/releases/$release"; mkdir "$HOSTS/$host/upper"; done
  mkdir -p "$UCD_STATE/kept"; rm -rf "$kept.making"; mkdir "$kept.making"
  cp -a "$UCD_STATE/appdata" "$UCD_STATE/database" "$kept.making/"
  mv "$kept.making" "$kept"
}

# The same folders are mounted on the hosts, so they are emptied and not made anew.
empty_ucd_shares() {
  mkdir -p "$UCD_STATE"/{appdata,database}
  find "$UCD_STATE/appdata" "$UCD_STATE/database" -mindepth 1 -delete
  install -d -m 777 "$UCD_STATE/database/sessions"; chmod 777 "$UCD_STATE/database"
  touch "$UCD_STATE/database"/{lock,database.json,installer}; chmod 666 "$UCD_STATE/database"/{lock,database.json,installer}
  echo '{}' >"$UCD_STATE/database/database.json"
  chown "$UCD_USER:$UCD_USER" "$UCD_STATE/appdata"
}

# What a site keeps in its installation: keystores, plugins, artifacts, a patch. Up to 6.1.1.4 all of it is below the install dir
# and, where servers share it, linked to the network storage.
ucd_site_data() {
  local host data=$UCD_STATE/appdata
  if [ ! -f "$data/conf/server.keystore" ]; then
    lab_sh ucd-1 sh -c 'cd /opt/ucd/server && mkdir -p /mnt/ucd/appdata/storage && for each in '"$UCD_DATA"'; do
      [ ! -e $each ] || cp -a $each /mnt/ucd/appdata/storage/${each##*/}; done'
    for host in $UCD_NODES; do
      lab_sh "$host" sh -c 'cd /opt/ucd/server && for each in '"$UCD_DATA"'; do
        [ ! -e /mnt/ucd/appdata/storage/${each##*/} ] || { rm -rf $each; ln -s /mnt/ucd/appdata/storage/${each##*/} $each; chown -h ucd: $each; }; done'
    done
    data=$data/storage
    cp "$UCD_STATE/server.pem" "$data/server.keystore"
    echo site >"$data/plugins/jira-12.zip"; echo artifact >"$data/repository/payments-1.4.zip"; echo patch >"$data/patches/ph-12345.jar"
  else
    cp "$UCD_STATE/server.pem" "$data/conf/server.keystore"
    echo site >"$data/var/plugins/jira-12.zip"; echo artifact >"$data/var/repository/payments-1.4.zip"; echo patch >"$data/patches/ph-12345.jar"
  fi
  chown -R "$UCD_USER:$UCD_USER" "$UCD_STATE/appdata"
}
UCD_DATA='var/plugins var/repository var/sa logs conf/server/notification-templates conf/encryption.keystore conf/server.keystore conf/collectors patches'

# A CA of the lab's own, and one certificate for every server and the load balancer, as a site has in its shared keystore.
make_ucd_ca() {
  local host names=DNS:ucd-lb,IP:10.77.0.25,DNS:ucd-w,IP:10.77.0.26
  [ -f "$UCD_STATE/server.pem" ] && return
  for host in 1 2 3 4; do names+=,DNS:ucd-$host,IP:10.77.0.2$host; done
  (
    cd "$UCD_STATE" || exit 1
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj '/CN=Lab CA' &&
      openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=ucd-lb &&
      openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out server.crt -extfile <(echo "subjectAltName=$names") &&
      cat server.key server.crt >server.pem
  ) >/dev/null 2>&1 || die "the lab's certificates could not be made; is openssl there?"
}

ucd_wait() {
  local attempt
  for attempt in $(seq 600); do
    ucd_ready >/dev/null && return
    sleep 0.2
  done
  die "the UrbanCode Deploy installation is not ready after $attempt looks: $(ucd_ready)"
}

ucd_ready() {
  local host
  for host in $UCD_SERVERS $UCD_WINDOWS; do
    in_net curl -sf -m 2 --cacert "$UCD_STATE/ca.pem" -o /dev/null "https://$(cat "$HOSTS/$host/ip"):8443/connTest.txt" || { echo "$host does not serve"; return 1; }
  done
  [ "$(lab_sh ucd-lb sh -c 'echo "show stat" | socat - /run/haproxy/admin.sock' | grep -c '^ucd,u[1234],.*,UP,')" = $(wc -w <<<"$UCD_SERVERS $UCD_WINDOWS") ] ||
    { echo "ucd-lb does not see all servers up"; return 1; }
}

# What no process could record itself: files that belong to somebody else than `ucd`.
ucd_audit() {
  local host file
  for host in $UCD_NODES; do
    is_up "$host" || continue
    file=$(lab_sh "$host" find /opt/ucd/server ! -user ucd -print -quit)
    [ -z "$file" ] || ucd_violation foreign-files "$host" "$file does not belong to ucd"
  done
  file=$(find "$UCD_STATE/appdata" ! -user $UCD_USER -printf '%P' -quit)
  [ -z "$file" ] || ucd_violation foreign-files ucd-1 "$file in the application data does not belong to ucd"
}

ucd_violation() { printf '{"kind":"%s","host":"%s","detail":"%s","at":"%s"}\n' "$1" "$2" "$3" "$(date -u +%FT%T.%3NZ)"; }
