// What our own pages are made of is known; anything else came from a text. Answers each as a sentence.
(() => {
  const found = [];
  if ("ran" in globalThis) found.push("a script set its flag");
  const tags =
    /^(html|head|meta|title|style|body|main|script|header|nav|section|article|form|input|footer|div|p|span|a|b|i|em|strong|code|pre|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tr|th|td|caption|colgroup|col|details|summary|output|button|label|small|time|abbr|sub|sup|br|hr|figure|figcaption|svg|g|path|rect|line|text|title|defs|pattern|polyline|circle|use|tspan|clippath|lineargradient|stop)$/i;
  for (const element of document.querySelectorAll("*")) {
    if (!tags.test(element.localName)) found.push(`an element <${element.localName.slice(0, 40)}>`);
    for (const { name, value } of element.attributes) {
      if (/^on|^style$|^srcdoc$|^autofocus$/i.test(name)) found.push(`an attribute ${name}`);
      if (
        /^(src|href|xlink:href|action|formaction|data|poster|background|srcset)$/i.test(name) &&
        !/^(#[\w-]+|[\w.-]+\/?)$/.test(value)
      )
        found.push(`an address ${name}=${value.slice(0, 80)}`);
    }
  }
  if (document.querySelectorAll("script").length !== 2) found.push("more scripts than the two of the page");
  if (document.querySelectorAll("style").length !== 1) found.push("another style");
  if (document.querySelectorAll("meta").length !== 5) found.push("another meta");
  if (document.querySelectorAll("main").length !== 1 || document.body.children.length !== 3)
    found.push("the page's own frame was left");
  return found;
})();
