/** The HTML that shows a shared board in another page. */

export function embedCode(url: string, title: string): string {
  return `<iframe src="${escaped(url)}?embed=1" title="${escaped(title)}" width="100%" height="640" style="border:0" loading="lazy" referrerpolicy="no-referrer"></iframe>`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
