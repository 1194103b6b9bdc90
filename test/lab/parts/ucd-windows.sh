# A Windows node of UrbanCode Deploy, only where LAB_UCD_WINDOWS is set: a host whose shell is the cmd.exe of Wine. It is no Windows.
#
#   ucd-w   10.77.0.26  server; C:\ucd\server, service `ucd-server`; server u4 of the load balancer
#
# Wine is large, so it is a layer of disk of its own, built once per recipe (two minutes, 1 GB).

WINDOWS_SOURCE=$LAB_SOURCE/stand-in-urbancode/windows
DRIVE_C=/home/ucd/.wine/drive_c

# Print the folder of the layer.
wine_layer() {
  local base key layer
  base=$(lab_base) || exit 1
  key=$(cat "$LAB_SOURCE/parts/ucd-windows.sh" "$WINDOWS_SOURCE"/*.c <(echo "$base") | sha256sum | cut -c1-12)
  layer=$LAB_CACHE/wine-$key
  [ -d "$layer" ] && { echo "$layer"; return; }
  (
    flock 9
    [ -d "$layer" ] && exit
    echo "lab: building the layer with Wine, about two minutes" >&2
    building=$LAB_CACHE/wine.building.$BASHPID
    rm -rf "$LAB_CACHE"/wine.building.*
    mkdir -p "$building"/{kept,kept.work,tools,tools.work,root}
    # In mounts of its own, which are gone when it ends.
    unshare --mount --propagation private "$LAB_SOURCE/lab" __build_wine "$base" "$building" >"$LAB_CACHE/wine-$key.log" 2>&1 ||
      die "the layer with Wine could not be built; see $LAB_CACHE/wine-$key.log"
    mv "$building/kept" "$layer" && rm -rf "$building"
  ) 9>"$LAB_CACHE/wine.lock" || exit 1
  echo "$layer"
}

# The programs are compiled above the layer that is kept, so that no compiler is in it.
lab___build_wine() {
  local base=$1 building=$2 root=$2/root program
  mount_layers "$base" "$building/kept" "$root"
  chroot "$root" apt-get -q update
  wine_install "$root" wine64 wine || exit 1
  chroot "$root" sh -c "groupadd -r -g $UCD_USER ucd; useradd -r -m -u $UCD_USER -g ucd -s /usr/sbin/nologin ucd"
  umount -R "$root"
  mount_layers "$building/kept:$base" "$building/tools" "$root"
  wine_install "$root" gcc-mingw-w64-x86-64-win32 || exit 1
  mkdir "$building/exe"
  for program in java tasklist netstat wmic certutil shell; do
    cp "$WINDOWS_SOURCE/$program.c" "$root/tmp/"
    chroot "$root" x86_64-w64-mingw32-gcc -O1 -s -o "/tmp/$program.exe" "/tmp/$program.c" -lws2_32 -ladvapi32 -liphlpapi -lntdll || exit 1
    mv "$root/tmp/$program.exe" "$building/exe/"
  done
  umount -R "$root"
  mount_layers "$base" "$building/kept" "$root"
  chroot "$root" apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root/usr/share/doc" "$root/usr/sbin/policy-rc.d"
  chroot --userspec="$UCD_USER:$UCD_USER" "$root" env -i HOME=/home/ucd PATH=/usr/bin:/bin WINEDEBUG=-all sh -c 'wine wineboot -i && wineserver -w' || exit 1
  install -d -o $UCD_USER -g $UCD_USER "$root$DRIVE_C"/{lab,ucd,ucd/java,ucd/java/bin}
  install -o $UCD_USER -g $UCD_USER "$building/exe"/{tasklist,netstat,wmic,certutil,shell}.exe "$root$DRIVE_C/lab/"
  install -o $UCD_USER -g $UCD_USER "$building/exe/java.exe" "$root$DRIVE_C/ucd/java/bin/"
  umount -R "$root"
}

# mount_layers LOWER UPPER ROOT
mount_layers() {
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$2.work" "$3" && mount -t proc proc "$3/proc" || exit 1
  printf '#!/bin/sh\nexit 101\n' >"$3/usr/sbin/policy-rc.d"; chmod +x "$3/usr/sbin/policy-rc.d"
}
wine_install() { DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get install -q -y --no-install-recommends "${@:2}"; }

up_windows_node() {
  local layer
  layer=$(wine_layer) || exit 1
  mkdir -p "$HOSTS/ucd-w"
  ln -sfn "$layer" "$HOSTS/ucd-w/addition"
  lab_up ucd-w 26 --sudoers "$WINDOWS_SOURCE/sudoers"
}

prepare_windows_node() {
  lab_sh ucd-w sh -c 'install -d /usr/local/lib/ucd && cat >/usr/local/lib/ucd/other-half.py' <"$WINDOWS_SOURCE/other-half.py"
  lab_sh ucd-w sh -c 'cat >/usr/local/lib/ucd/product.py' <"$LAB_SOURCE/stand-in-urbancode/lib/product.py"
  lab_sh ucd-w sh -c 'cat >/usr/local/lib/ucd/shell && chmod 755 /usr/local/lib/ucd/shell' <"$WINDOWS_SOURCE/shell"
  lab_sh ucd-w sh -c 'cat >/etc/init.d/windows && chmod 755 /etc/init.d/windows && update-rc.d windows defaults' <"$WINDOWS_SOURCE/init-script"
  lab_sh ucd-w sh -c 'printf "Match User ops\n  ForceCommand /usr/local/lib/ucd/shell\n" >/etc/ssh/sshd_config.d/windows.conf
    ln -s /mnt/ucd/appdata '"$DRIVE_C"'/ucd/appdata; cp /opt/ucd/jre/release '"$DRIVE_C"'/ucd/java/'
}

# A new installation, as a person runs it: install_windows_node RELEASE
install_windows_node() {
  lab_sh ucd-w sh -c 'cd '"$DRIVE_C"'/ucd && rm -rf package && mkdir package && cat >package/zip && cd package && unzip -q zip &&
    printf "%s\n" nonInteractive=true "install.server.dir=C\\:\\\\ucd\\\\server" "install.java.home=C\\:\\\\ucd\\\\java" "server.appdata.dir=C\\:\\\\ucd\\\\appdata" \
      server.initial.password=first install.server.web.host=ucd-lb install.server.web.https.port=8443 install.server.web.port=8080 \
      install.server.web.always.secure=Y database.type=mysql hibernate.connection.driver_class=com.mysql.jdbc.Driver \
      hibernate.connection.url=jdbc:mysql://control:3306/ucd hibernate.connection.username=ucd agentcomm.uri=wss://ucd-w:7919 >>ibm-ucd-install/install.properties &&
    chown -R ucd: '"$DRIVE_C"'/ucd && service windows start' install <"$(lab_packages)/ibm-ucd-$1.zip" || die "ucd-w: the package could not be unpacked"
  in_windows 'C:\ucd\package\ibm-ucd-install\install-server.bat' | grep -q 'Installer Complete' || die "ucd-w: UrbanCode Deploy $1 could not be installed"
  lab_sh ucd-w sh -c 'cd '"$DRIVE_C"'/ucd && echo driver >server/lib/ext/mysql-connector-java.jar && chown ucd: server/lib/ext/* && rm -rf package'
  in_windows 'sc create ucd-server start= auto binPath= "C:\ucd\java\bin\java.exe -jar C:\ucd\server\bin\launcher.jar C:\ucd\server\bin\classpath.conf com.urbancode.ds.UDeployServer"'
  # Wine writes its registry when its server ends.
  lab_sh ucd-w sh -c 'setpriv --reuid ucd --regid ucd --init-groups env HOME=/home/ucd sh -c "wineserver -k; wineserver -w"'
}

# As the operator types it over SSH.
in_windows() { lab_sh ucd-w setpriv --reuid ops --regid ops --init-groups env SSH_ORIGINAL_COMMAND="$1" HOME=/home/ops /usr/local/lib/ucd/shell </dev/null; }
