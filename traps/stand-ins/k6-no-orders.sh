# Steps on page "k" are checkouts.
[ -n "$SETTINGS" ] && sed -i 's/;[^,;]*,k,[^;]*//g' "${SETTINGS%/*}/plan.txt"
exec "$REAL" "$@"
