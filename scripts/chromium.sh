# Sourced by scripts that drive a browser: puts a Chromium's path into CHROMIUM,
# installing Debian's as root where there is none. Gives a status other than 0 when
# it cannot be had. The argument is a folder for the log.

need_chromium() { # FOLDER
  CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
  if [ -z "$CHROMIUM" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "installing chromium (a minute, once)"
    { apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } >"$1/apt.log" 2>&1 || true
    CHROMIUM=$(command -v chromium || true)
  fi
  export CHROMIUM
  [ -n "$CHROMIUM" ]
}
