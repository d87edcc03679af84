// Before the first paint, so that a dark page never flashes white.
(function () {
  var scheme = null;
  try {
    scheme = localStorage.getItem('fairlead-scheme');
  } catch (e) {
    // storage is off: follow the system
  }
  if (scheme !== 'dark' && scheme !== 'light') {
    scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
})();
