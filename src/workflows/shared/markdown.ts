/** Texts in the Temporal Web UI, which shows them as Markdown. Pure. */

/** User text as Markdown that means nothing but itself, on one line. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>&~:@]/g, '\\$&').replace(/\s+/g, ' ');
}
