# Sourced by the commands in this folder: one line per stage of work, with what it took.

# stage <title> <command…>: runs the command silently. Shows everything it said, and ends the script, if it fails.
stage() {
  local title=$1 log start
  shift
  log=$(mktemp)
  start=$SECONDS
  printf '%s … ' "$title" >&2
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%d s\n' $((SECONDS - start)) >&2
    rm -f "$log"
  else
    printf 'failed after %d s:\n' $((SECONDS - start)) >&2
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
}

# loud_stage <title> <command…>: the same for commands whose output is the point of running them.
loud_stage() {
  local title=$1 start
  shift
  start=$SECONDS
  printf '%s …\n' "$title" >&2
  "$@" </dev/null || exit
  printf '%s: %d s\n' "$title" $((SECONDS - start)) >&2
}

# build <preset>: configures and builds a preset of CMakePresets.json on all cores.
build() {
  cmake --preset "$1" && cmake --build --preset "$1" --parallel "$(nproc)"
}
