// Sends the form that carries an answer on. Without scripts its button does the same.
for (const form of document.querySelectorAll("form[data-auto-submit]")) form.requestSubmit();
