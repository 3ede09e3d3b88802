/** Keeps the page for when there is no network. Without it the page works as well. */
export const keepForOffline = (): void => {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  addEventListener("load", () => {
    navigator.serviceWorker.register(new URL("./sw.js", document.baseURI)).catch(() => undefined);
  });
};
