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

/** Body of a write: lines are written `<product>x<quantity>` and joined by `+`. */
export function bodyOf(letter: string, parameter: string): string | null {
  if (letter === "a") return JSON.stringify(lineOf(parameter));
  if (letter !== "k") return null;
  return parameter === "" ? "{}" : JSON.stringify({ lines: parameter.split("+").map(lineOf) });
}

function lineOf(text: string): { readonly productId: number; readonly quantity: number } {
  const [productId = "", quantity = ""] = text.split("x");
  return { productId: Number(productId), quantity: Number(quantity) };
}
