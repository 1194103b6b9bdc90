# Reading how a test wants the stand-in to behave, and recording what must never happen. Used by scripts and scriptlets.

STAND_IN=/var/lib/stand-in

# The value of the behaviour switch NAME, or DEFAULT.
behaviour() {
  if [ -e "$STAND_IN/behaviour/$1" ]; then cat "$STAND_IN/behaviour/$1"; else echo "${2:-}"; fi
}

# Append a violation. KIND is a fixed word; DETAIL is ours too and holds no quotes.
violation() {
  printf '{"kind":"%s","host":"%s","detail":"%s","at":"%s"}\n' "$1" "$(hostname)" "$2" "$(date -u +%FT%T.%3NZ)" \
    >>"$STAND_IN/violations"
  chmod 666 "$STAND_IN/violations" 2>/dev/null
}
