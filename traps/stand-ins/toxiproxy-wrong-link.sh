exec "$NODE" "$HERE/toxiproxy-main.ts" wrong-link "$REAL" "$@"
