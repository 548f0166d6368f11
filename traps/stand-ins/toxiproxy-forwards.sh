exec "$NODE" "$HERE/toxiproxy-main.ts" forwards "$REAL" "$@"
