#!/usr/bin/env bash
# guard.sh COMMAND...: runs it in a process group of its own. When our standard input ends, that is when whoever started us
# is gone for whatever reason, the whole group is killed. SIGTERM and SIGINT are passed on to the group; when the command
# has ended, what it left behind in its group is killed too. Exits as the command did, 128 and more for a signal.
set -m # every job is a process group

command=
asked=
# pass_on: gives the command the signal that we were asked to give it, once there is a command.
pass_on() {
  [ -z "$command" ] || [ -z "$asked" ] || kill "-$asked" -- "-$command"
}
trap 'asked=TERM; pass_on' TERM
trap 'asked=INT; pass_on' INT

# tap would have each program note for it which files it reads. Nobody asks here, and starts take up to a quarter longer.
if [ -n "$NODE_OPTIONS" ]; then
  set -f
  kept=
  for option in $NODE_OPTIONS; do
    case $option in *@tapjs/processinfo*) ;; *) kept+=" $option" ;; esac
  done
  export NODE_OPTIONS=$kept
  set +f
fi

# Bash would say on standard error that a job was killed.
exec 3<&0 4>&2 </dev/null 2>/dev/null
"$@" 2>&4 3<&- 4>&- &
command=$!
{ cat <&3; kill -KILL -- "-$command"; } >/dev/null 4>&- &
watch=$!
exec >&- 3<&- 4>&-
pass_on

# A signal for us ends a wait early.
while wait "$command"; kill -0 "$command"; do :; done
wait "$command"
code=$?
kill -KILL -- "-$watch" "-$command"
exit "$code"
