#!/usr/bin/env bash
# Makes a local stand-in for an official node image where no registry of images can be reached: Debian by debootstrap,
# the pinned Node binary, the npm of this machine and the user `node`. What is special to this machine (its certificate
# authorities) goes in here, so that the Dockerfile need not know.
#
# usage: base-image.sh TAG NODE_BINARY
set -euo pipefail

tag=$1
node=$2
npm=$(dirname "$(dirname "$(readlink --canonicalize "$(command -v npm)")")")
command -v debootstrap >/dev/null || { echo 'debootstrap is missing' >&2; exit 1; }
bundle=/etc/ssl/certs/ca-certificates.crt

work=$(mktemp --directory)
trap 'rm --recursive --force --one-file-system "$work"' EXIT
root=$work/root

# Node 26 does not start without libatomic1, which the smallest Debian lacks; Python stands in for its own official image.
debootstrap --variant=minbase --include=libatomic1,python3 bookworm "$root" >"$work/debootstrap.log" ||
  { tail --lines=20 "$work/debootstrap.log" >&2; exit 1; }

install -D "$node" "$root/usr/local/bin/node"
mkdir --parents "$root/usr/local/lib/node_modules" "$root/usr/local/etc" "$root/etc/ssl/certs"
cp --recursive "$npm" "$root/usr/local/lib/node_modules/npm"
ln --symbolic ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
cp --dereference "$bundle" "$root$bundle"
echo "cafile=$bundle" >"$root/usr/local/etc/npmrc"
chroot "$root" useradd --uid 1000 --user-group --create-home --shell /bin/bash node

tar --directory "$root" --create \
  --exclude='./var/cache/*' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
  --exclude='./usr/share/locale/*' . |
  docker import --change 'LABEL seabus.stand-in=true' --change 'CMD ["node"]' - "$tag" >/dev/null
