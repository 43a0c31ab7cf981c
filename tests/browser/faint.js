// Return the visible texts whose contrast is below the minimum of WCAG 2.2 (1.4.3, level AA) for their size.
() => {
  const rgba = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const blend = ([r, g, b, a = 1], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const backgroundOf = (node) =>
    node ? blend(rgba(getComputedStyle(node).backgroundColor), backgroundOf(node.parentElement)) : [255, 255, 255];
  const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const isText = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    const isShown = node.checkVisibility({ visibilityProperty: true }) && !node.closest(".skip, .hidden-words, option");
    // Skip the initials in avatars: they only decorate the name next to them.
    if (!isText || !isShown || node.closest("[aria-hidden]")) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(node);
    const background = backgroundOf(node);
    const [darker, lighter] = [luminance(blend(rgba(color), background)), luminance(background)].sort((a, b) => a - b);
    const ratio = (lighter + 0.05) / (darker + 0.05);
    const isLarge = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5))
      found.push(
        `${node.className || node.parentElement.className} "${node.textContent.slice(0, 20)}" ${ratio.toFixed(2)}`,
      );
  }
  return found;
};
