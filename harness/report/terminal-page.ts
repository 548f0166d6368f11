import { type Markup, markup } from "./text/markup.ts";

/** The terminal's own colours, as a calm dark theme has them. */
const COLORS: Readonly<Record<string, string>> = {
  "1": "strong",
  "2": "quiet",
  "31": "red",
  "32": "green",
  "33": "yellow",
  "35": "magenta",
  "36": "cyan",
};

const STYLE = `
body { margin: 0; padding: 24px; background: transparent; }
figure { margin: 0; display: inline-block; background: #14171c; border-radius: 8px; overflow: hidden; }
figcaption { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; color: #8b94a1; padding: 10px 16px 8px; border-bottom: 1px solid #262b33; }
pre { margin: 0; padding: 14px 16px 16px; font: 14px/1.35 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; color: #d9dde4; max-width: 920px; white-space: pre-wrap; }
.strong { color: #ffffff; font-weight: 700; }
.quiet { color: #7d8794; }
.red { color: #ff8d5e; }
.green { color: #5fd0a8; }
.yellow { color: #e2b04a; }
.magenta { color: #bb9cf5; }
.cyan { color: #78c6f2; }
`;

/** A frame of the terminal as a page to take a picture of: only the colours that our reporters use are understood. */
export function terminalPage(text: string, title: string): string {
  const style: Markup = { markup: STYLE };
  return markup`<!doctype html><meta charset="utf-8"><style>${style}</style><figure><figcaption>${title}</figcaption><pre>${spans(text)}</pre></figure>`
    .markup;
}

function spans(text: string): readonly Markup[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's sequences begin with one
  const parts = text.replace(/\r/g, "").split(/(\u001b\[[?0-9;]*[a-zA-Z])/);
  let tone = "";
  return parts.flatMap((part) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const sequence = /^\u001b\[([?0-9;]*)([a-zA-Z])$/.exec(part);
    if (sequence === null) return part === "" ? [] : [markup`<span class="${tone}">${part}</span>`];
    if (sequence[2] === "m") tone = COLORS[sequence[1] ?? ""] ?? "";
    return [];
  });
}
