/** The browser's storage may be forbidden, full or hold anything: then nothing is kept, and nothing breaks. */
export const load = (key: string): unknown => {
  try {
    const text = localStorage.getItem(key);
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

/** Whether it could be kept. */
export const save = (key: string, value: unknown): boolean => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
};
