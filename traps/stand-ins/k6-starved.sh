# Stopped for 200 ms of every 250, until it has ended; after 2,000 rounds (eight minutes) at the latest.
if [ -n "$SETTINGS" ]; then
  (
    round=0
    while [ "$round" -lt 2000 ] && kill -STOP $$; do
      sleep 0.2
      kill -CONT $$ || exit 0
      sleep 0.05
      round=$((round + 1))
    done
  ) 2>/dev/null &
fi
exec "$REAL" "$@"
