# Every timetable loses its steps: users come and go, and ask for nothing.
[ -n "$SETTINGS" ] && sed -i 's/;.*//' "${SETTINGS%/*}/plan.txt"
exec "$REAL" "$@"
