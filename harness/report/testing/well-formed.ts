/**
 * Whether a text is well-formed XML, to the extent that matters here: one root, tags nested and closed, attributes
 * quoted, no bare ampersand or angle bracket. Answers the first problem.
 */
export function xmlProblem(text: string): string | undefined {
  const open: string[] = [];
  let rest = text.replace(/^<\?xml [^?]*\?>\s*/, "");
  let roots = 0;
  while (rest !== "") {
    const content = /^[^<]+/.exec(rest)?.[0] ?? "";
    if (/&(?!(amp|lt|gt|quot|#39);)/.test(content)) return `bare ampersand in ${content.slice(0, 80)}`;
    rest = rest.slice(content.length);
    if (rest === "") break;
    const tag = /^<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/.exec(rest);
    if (tag === null) return `no tag: ${rest.slice(0, 80)}`;
    const [all, closing, name, attributes, single] = tag;
    if (/&(?!(amp|lt|gt|quot|#39);)/.test(attributes ?? "")) return `bare ampersand in ${all}`;
    if (closing === "/") {
      if (open.pop() !== name) return `closes nothing: ${all}`;
    } else if (single !== "/") {
      if (open.length === 0) roots += 1;
      open.push(name ?? "");
    }
    rest = rest.slice(all.length);
  }
  if (open.length > 0) return `never closed: ${open.join(" ")}`;
  return roots === 1 ? undefined : `${roots} roots`;
}
