(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var coarse = window.matchMedia("(pointer: coarse)").matches;
  var plots = Array.prototype.slice.call(document.querySelectorAll("[data-chart]"));
  var drawn = new Map();
  var hidden = new Map(); // chart -> traces that the reader switched off
  var shared = null; // time range chosen by a drag on any chart
  var busy = false;

  // Figures name colours as CSS variables; Plotly wants the colours themselves.
  function resolve(node, style) {
    if (typeof node === "string") {
      return node.indexOf("var(--") < 0 ? node : node.replace(/var\((--\w+)\)/g, function (_, name) {
        return style.getPropertyValue(name).trim() || "#888888";
      });
    }
    if (Array.isArray(node)) return node.map(function (each) { return resolve(each, style); });
    if (node && typeof node === "object") {
      var copy = {};
      Object.keys(node).forEach(function (key) { copy[key] = resolve(node[key], style); });
      return copy;
    }
    return node;
  }

  function isTimed(plot) { return plot.dataset.time === "1"; }

  function fit(plot, figure) {
    var layout = figure.layout;
    var width = plot.clientWidth;
    if (width < 520) {
      figure.data.forEach(function (trace) {
        if (trace.type === "heatmap") trace.xgap = 0;
        if (trace.marker && Array.isArray(trace.marker.size)) {
          trace.marker.size = trace.marker.size.map(function (size) { return Math.max(5, size * 0.5); });
        }
      });
    }
    if (plot.dataset.aspect) {
      layout.height = Math.round(Math.min(Math.max(width / Number(plot.dataset.aspect), 150), 520));
      plot.style.height = layout.height + "px";
    }
    if (width < 520) {
      layout.font.size = 11;
      if (layout.xaxis && layout.xaxis.nticks) layout.xaxis.nticks = 4;
      if (layout.margin.l > 40) layout.margin.l = 52;
    }
    if (root.classList.contains("printing")) layout.width = width;
    if (isTimed(plot) && shared) layout.xaxis.range = shared.slice();
    layout.dragmode = coarse ? false : isTimed(plot) ? "zoom" : false;
    return layout;
  }

  function draw(plot) {
    var figure = own(plot);
    var off = hidden.get(plot.dataset.chart) || {};
    figure.data.forEach(function (trace, i) { if (off[i]) trace.visible = "legendonly"; });
    figure = resolve(figure, getComputedStyle(root));
    var config = { displayModeBar: false, responsive: true, showTips: false, doubleClick: false };
    return Plotly.react(plot, figure.data, fit(plot, figure), config).then(function () {
      if (!drawn.has(plot)) {
        drawn.set(plot, true);
        if (isTimed(plot)) link(plot);
      }
      var isChanged = shared || hidden.has(plot.dataset.chart);
      if (!isTimed(plot) || !isChanged) return plot;
      return Plotly.relayout(plot, upright(plot, shared || own(plot).layout.xaxis.range));
    });
  }

  // One time axis for the whole page: a drag on one chart zooms all of them.
  function link(plot) {
    plot.on("plotly_relayout", function (change) {
      if (busy || !("xaxis.range[0]" in change)) return;
      shared = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      spread(shared, plot);
    });
    plot.on("plotly_doubleclick", function () {
      shared = null;
      spread(null, null);
    });
  }

  function spread(range, source) {
    busy = true;
    var all = [];
    drawn.forEach(function (_, plot) {
      if (!isTimed(plot)) return;
      var axis = own(plot).layout.xaxis.range;
      var change = plot === source ? {} : { "xaxis.range": range ? range.slice() : axis };
      all.push(Plotly.relayout(plot, Object.assign(change, upright(plot, range || axis))));
    });
    Promise.all(all).then(function () { busy = false; }, function () { busy = false; });
  }

  function own(plot) { return JSON.parse(document.getElementById(plot.dataset.chart).textContent); }

  // What is in view fills the height: after a zoom, or when a series is switched off.
  function upright(plot, range) {
    var axis = own(plot).layout.yaxis;
    if (!axis || !axis.ticktext || axis.range[0] !== 0) return {};
    var sums = {}, high = 0, seen = 0;
    plot.data.forEach(function (trace) {
      if (trace.visible === "legendonly" || !Array.isArray(trace.y)) return;
      trace.y.forEach(function (y, i) {
        var x = trace.x[i];
        if (y === null || x < range[0] || x > range[1]) return;
        seen += 1;
        sums[x] = (trace.stackgroup ? sums[x] || 0 : 0) + y;
        high = Math.max(high, sums[x]);
      });
    });
    if (!seen || high <= 0 || high > axis.range[1] * 0.6) {
      return { "yaxis.range": axis.range, "yaxis.tickmode": "array", "yaxis.ticksuffix": "" };
    }
    var unit = (/ [kMGTPE]?(.*)$/.exec(axis.ticktext[axis.ticktext.length - 1]) || ["", ""])[1];
    return {
      "yaxis.range": [0, high * 1.06], "yaxis.tickmode": "auto", "yaxis.nticks": 5, "yaxis.tickformat": "~s", "yaxis.ticksuffix": unit && " " + unit
    };
  }

  function drawAll() { return Promise.all(plots.map(draw)); }

  function restyle() {
    drawn.forEach(function (_, plot) { draw(plot); });
  }

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  }

  document.addEventListener("click", function (event) {
    var key = event.target.closest(".keys button");
    if (!key) return;
    var chart = key.parentNode.dataset.for;
    var off = hidden.get(chart) || {};
    off[key.dataset.trace] = !off[key.dataset.trace];
    hidden.set(chart, off);
    key.setAttribute("aria-pressed", String(!off[key.dataset.trace]));
    plots.filter(function (plot) { return plot.dataset.chart === chart; }).forEach(draw);
  });

  var button = document.getElementById("theme");
  button.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    button.setAttribute("aria-pressed", String(isDark()));
    restyle();
  });
  dark.addEventListener("change", restyle);

  // Charts are drawn when they come near the view, and all of them before printing.
  if ("IntersectionObserver" in window) {
    var near = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) {
          near.unobserve(entry.target);
          draw(entry.target);
        }
      });
    }, { rootMargin: "600px 0px" });
    plots.forEach(function (plot) { near.observe(plot); });
  } else {
    drawAll();
  }
  // Paper is light and narrow: lay everything out for it first, and put it back afterwards.
  var chosen;
  window.addEventListener("beforeprint", function () {
    chosen = root.dataset.theme;
    root.dataset.theme = "light";
    root.classList.add("printing");
    drawAll();
  });
  window.addEventListener("afterprint", function () {
    if (chosen) root.dataset.theme = chosen; else delete root.dataset.theme;
    root.classList.remove("printing");
    restyle();
  });
  document.documentElement.addEventListener("netlake:draw-all", drawAll);

  // A chart inside a folded part, or one whose card changed width class, is laid out again.
  var width = window.innerWidth;
  window.addEventListener("resize", function () {
    if ((width < 760) !== (window.innerWidth < 760)) restyle();
    width = window.innerWidth;
  });

  // Where the reader is.
  var links = new Map();
  document.querySelectorAll(".bar nav a").forEach(function (link_) { links.set(link_.getAttribute("href").slice(1), link_); });
  if ("IntersectionObserver" in window) {
    var spy = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        links.forEach(function (link_) { link_.removeAttribute("aria-current"); });
        var own = links.get(entry.target.id);
        if (!own) return;
        own.setAttribute("aria-current", "true");
        var list = own.closest("ul");
        list.scrollTo({ left: own.offsetLeft - list.clientWidth / 2 + own.clientWidth / 2 });
      });
    }, { rootMargin: "-20% 0px -70% 0px" });
    document.querySelectorAll("main section").forEach(function (section) { spy.observe(section); });
  }
})();
