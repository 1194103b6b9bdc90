# The stand-in packages, built once per state of their sources.

lab_packages() {
  local key packages
  key=$(cd "$LAB_SOURCE" && find make-packages stand-in stand-in-urbancode -type f | sort | xargs sha256sum | sha256sum | cut -c1-12)
  packages=$LAB_CACHE/packages-$key
  [ -d "$packages" ] && { echo "$packages"; return; }
  mkdir -p "$LAB_CACHE"
  (
    flock 9
    [ -d "$packages" ] && exit
    rm -rf "$LAB_CACHE"/packages.building.*
    building=$LAB_CACHE/packages.building.$BASHPID
    mkdir "$building"
    "$LAB_SOURCE/make-packages" "$building" >&2 || die "the stand-in packages could not be built"
    mv "$building" "$packages"
  ) 9>"$LAB_CACHE/packages.lock" || exit 1
  echo "$packages"
}
