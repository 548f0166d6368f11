/** The shop's HTTP interface by the letters of the timetable. */
export function addressOf(letter: string, parameter: string, orderId: string): string {
  switch (letter) {
    case "s":
      return `/search?q=${parameter}`;
    case "c":
      return `/category/${parameter}`;
    case "p":
      return `/product/${parameter}`;
    case "v":
      return "/cart";
    case "a":
      return "/cart/items";
    case "k":
      return "/checkout";
    case "o":
      return `/orders/${orderId}`;
    default:
      return "/";
  }
}

export function methodOf(letter: string): string {
  return letter === "a" || letter === "k" ? "POST" : "GET";
}

/** Body of a write: lines are written `<product>x<quantity>` and joined by `+`, a coupon comes last after a `!`. */
export function bodyOf(letter: string, parameter: string): string | null {
  if (letter === "a") return JSON.stringify(lineOf(parameter));
  if (letter !== "k") return null;
  if (parameter === "") return "{}";
  const mark = parameter.indexOf("!");
  const lines = mark < 0 ? parameter : parameter.slice(0, mark);
  return JSON.stringify({
    ...(lines === "" ? {} : { lines: lines.split("+").map(lineOf) }),
    ...(mark < 0 ? {} : { coupon: parameter.slice(mark + 1) }),
  });
}

/** Another purchase than this one, as right as it: of its last line two are wanted instead of one, or one instead of more. */
export function otherThan(parameter: string): string {
  const mark = parameter.indexOf("!");
  const lines = mark < 0 ? parameter : parameter.slice(0, mark);
  const quantity = lines.lastIndexOf("x") + 1;
  const other = lines.slice(quantity) === "1" ? "2" : "1";
  return lines.slice(0, quantity) + other + parameter.slice(lines.length);
}

function lineOf(text: string): { readonly productId: number; readonly quantity: number } {
  const [productId = "", quantity = ""] = text.split("x");
  return { productId: Number(productId), quantity: Number(quantity) };
}
