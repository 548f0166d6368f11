// Cursor and zoom over charts that are complete without it. No framework; text is only ever set as textContent.
(() => {
  const { runs } = JSON.parse(document.getElementById("data").textContent);
  const charts = [...document.querySelectorAll(".charts")];
  const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

  const plain = (value) => {
    const size = Math.abs(value);
    if (size >= 100 || value === 0) return number.format(value);
    return String(Number(value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3)));
  };
  const show = (unit, value) => {
    if (unit === "ms")
      return value >= 1000
        ? `${plain(value / 1000)} s`
        : `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} ms`;
    if (unit === "%") return `${plain(value)} %`;
    return unit === "/s" ? `${plain(value)}/s` : unit === "s" ? `${plain(value)} s` : plain(value);
  };
  const moment = (second) =>
    `${String(Math.floor(second / 60)).padStart(2, "0")}:${String(Math.floor(second % 60)).padStart(2, "0")}`;

  const seconds = Math.max(1, ...runs.map((run) => run.seconds));
  let view = [0, seconds];
  let cursor;

  const outputs = [...document.querySelectorAll("output[data-track]")].map((output) => {
    const run = runs[Number(output.closest("[data-run]")?.dataset.run ?? 0)];
    return { output, track: run?.tracks.find((track) => track.id === output.dataset.track), rest: output.textContent };
  });
  const lines = charts.flatMap((chart) => {
    const sample = chart.querySelector(".plot");
    if (sample === null) return [];
    const line = document.createElement("div");
    line.className = "cursor";
    line.hidden = true;
    const word = document.createElement("b");
    line.append(word);
    chart.append(line);
    return [{ chart, line, word, sample }];
  });

  const place = () => {
    const out = cursor === undefined || cursor < view[0] || cursor >= view[1];
    for (const { chart, line, word, sample } of lines) {
      line.hidden = out;
      if (out) continue;
      const plot = sample.getBoundingClientRect();
      const share = (cursor + 0.5 - view[0]) / (view[1] - view[0]);
      line.style.left = `${plot.left - chart.getBoundingClientRect().left + plot.width * share}px`;
      word.textContent = moment(cursor);
    }
    for (const { output, track, rest } of outputs) {
      const value = out ? undefined : track?.values[cursor];
      output.textContent = out ? rest : value === null || value === undefined ? "–" : show(track.unit, value);
    }
  };

  const zoom = (from, to) => {
    // Five seconds are the least that shows a shape.
    const middle = (from + to) / 2;
    const half = Math.max(2.5, (to - from) / 2);
    view = [Math.max(0, middle - half), Math.min(seconds, middle + half)];
    const span = view[1] - view[0];
    const percent = (second) => `${(100 * (second - view[0])) / span}%`;
    for (const plot of document.querySelectorAll(".stretch")) {
      const height = plot.viewBox.baseVal.height;
      plot.setAttribute("viewBox", `${view[0]} 0 ${span} ${height}`);
    }
    for (const bar of document.querySelectorAll(".bar")) {
      const [start, end] = [Number(bar.dataset.from), Number(bar.dataset.to)];
      const rect = bar.querySelector("rect");
      rect.setAttribute("x", percent(start));
      rect.setAttribute("width", `${(100 * Math.max(end - start, seconds / 500)) / span}%`);
      bar.querySelector("text")?.setAttribute("x", percent(Math.max(start, Math.min(view[0], end))));
    }
    for (const axis of document.querySelectorAll("[data-axis]")) {
      const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200].find((candidate) => span / candidate <= 8) ?? 1800;
      axis.replaceChildren();
      for (let tick = Math.ceil(view[0] / step) * step; tick <= view[1]; tick += step) {
        const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
        text.setAttribute("x", percent(tick));
        text.setAttribute("y", "11");
        const share = (tick - view[0]) / span;
        text.setAttribute("class", share < 0.02 ? "first" : share > 0.96 ? "last" : "");
        text.textContent = moment(tick);
        axis.append(text);
      }
    }
    const said = document.querySelector("[data-cursor]");
    if (said !== null) said.textContent = span < seconds ? `${moment(view[0])} to ${moment(view[1])}` : "";
    place();
  };
  const reset = () => zoom(0, seconds);

  const secondAt = (event, plot) => {
    const box = plot.getBoundingClientRect();
    return view[0] + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (view[1] - view[0]);
  };

  for (const chart of charts) {
    let start;
    let shade;
    chart.addEventListener("pointermove", (event) => {
      const plot = event.target.closest?.(".plot");
      if (!plot) return;
      cursor = Math.min(seconds - 1, Math.floor(secondAt(event, plot)));
      place();
      if (start === undefined || !shade) return;
      const box = plot.getBoundingClientRect();
      const base = box.left - chart.getBoundingClientRect().left;
      const [a, b] = [start, secondAt(event, plot)]
        .sort((x, y) => x - y)
        .map((second) => (second - view[0]) / (view[1] - view[0]));
      shade.style.left = `${base + a * box.width}px`;
      shade.style.width = `${(b - a) * box.width}px`;
    });
    chart.addEventListener("pointerdown", (event) => {
      const plot = event.target.closest?.(".plot");
      if (!plot || event.button !== 0 || event.pointerType === "touch") return;
      event.preventDefault();
      chart.focus({ preventScroll: true });
      start = secondAt(event, plot);
      shade = document.createElement("div");
      shade.className = "select";
      chart.append(shade);
    });
    addEventListener("pointerup", (event) => {
      if (start === undefined) return;
      const plot = chart.querySelector(".plot");
      const end = secondAt(event, plot);
      shade?.remove();
      if (Math.abs(end - start) > (view[1] - view[0]) / 60) zoom(Math.min(start, end), Math.max(start, end));
      start = undefined;
    });
    chart.addEventListener("pointerleave", () => {
      cursor = undefined;
      place();
    });
    chart.addEventListener("dblclick", reset);
    chart.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      cursor =
        Math.min(view[1] - 1, Math.max(view[0], (cursor ?? Math.floor(view[0])) + by * (event.shiftKey ? 10 : 1))) | 0;
      place();
    });
  }
  for (const link of document.querySelectorAll("[data-zoom]")) {
    link.addEventListener("click", () => {
      const [from, to] = [Number(link.dataset.from), Number(link.dataset.to)];
      const wide = view[1] - view[0] < seconds && Math.abs(view[0] - Math.max(0, from - (to - from) / 4)) < 1;
      if (wide && link.classList.contains("bar")) reset();
      else zoom(from - (to - from) / 4, to + (to - from) / 4);
    });
  }
  document.querySelector("[data-reset]")?.addEventListener("click", reset);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") reset();
  });
  addEventListener("resize", place);
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
})();
