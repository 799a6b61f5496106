// Copies the value of the element named by data-copy, and says so where a screen reader hears it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    document.getElementById("copy-status").textContent = button.dataset.copied;
  } catch {
    getSelection().selectAllChildren(source);
  }
});
