// Sends the form of a page that only hands data on. Coming back with "Back" must not send it again:
// then the button stands there.
const [arrival] = performance.getEntriesByType("navigation");
if (!arrival || arrival.type !== "back_forward") {
  for (const form of document.querySelectorAll("form[data-auto-submit]")) form.submit();
}
