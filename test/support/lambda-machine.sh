#!/bin/sh
# Runs a command as Lambda runs a function: as nobody, with /var/task and /opt from an upload, everything read-only but
# /tmp, HOME unset. Arguments: a folder with task/ and opt/, the repository, then the command. The environment is kept.
set -eu
machine=$1 repo=$2
shift 2
root=$machine/root
mkdir -p "$root"
mount --rbind / "$root"
mount -t tmpfs -o mode=755 none "$root/var"
mkdir -p "$root/var/task" "$root/var/runtime/node_modules"
mount --bind "$machine/task" "$root/var/task"
mount --bind "$machine/opt" "$root/opt"
mount -t tmpfs -o mode=755 none "$root/mnt"
mkdir "$root/mnt/repo"
mount --bind "$repo" "$root/mnt/repo"
# The runtime brings the SDK along.
ln -s /mnt/repo/node_modules/@aws-sdk "$root/var/runtime/node_modules/@aws-sdk"
mount -t tmpfs -o mode=1777 none "$root/tmp"
for place in var/task opt mnt/repo; do mount -o remount,bind,ro "$root/$place"; done
for place in var mnt; do mount -o remount,ro "$root/$place"; done
unset HOME
exec chroot "$root" setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \
  sh -c 'cd /var/task && exec "$@"' sh "$@"
