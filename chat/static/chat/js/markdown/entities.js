// @ts-check
// Character references of a text: numbers of any kind, and of the two thousand names those that people write.

const NAMES = new Map(
  `amp & lt < gt > quot " apos ' copy © reg ® trade ™ hellip … mdash — ndash – lsquo ‘ rsquo ’ ldquo “ rdquo ” laquo « raquo »
  bull • middot · times × divide ÷ plusmn ± minus − deg ° micro µ para ¶ sect § dagger † Dagger ‡ permil ‰ prime ′ Prime ″ euro € pound £
  yen ¥ cent ¢ curren ¤ iexcl ¡ iquest ¿ frac12 ½ frac14 ¼ frac34 ¾ sup1 ¹ sup2 ² sup3 ³ ordf ª ordm º not ¬ larr ← uarr ↑ rarr → darr ↓
  harr ↔ lArr ⇐ rArr ⇒ hArr ⇔ infin ∞ ne ≠ le ≤ ge ≥ asymp ≈ equiv ≡ sim ∼ sum ∑ prod ∏ radic √ int ∫ part ∂ nabla ∇ isin ∈ notin ∉ cap ∩
  cup ∪ sub ⊂ sup ⊃ sube ⊆ supe ⊇ and ∧ or ∨ forall ∀ exist ∃ empty ∅ alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι
  kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π
  Sigma Σ Phi Φ Psi Ψ Omega Ω auml ä ouml ö uuml ü Auml Ä Ouml Ö Uuml Ü szlig ß eacute é egrave è ecirc ê agrave à aacute á acirc â ccedil ç
  ntilde ñ oslash ø aring å aelig æ check ✓ cross ✗ hearts ♥ star ☆ starf ★`.split(/\s+/).reduce((pairs, word, index, words) => {
    if (index % 2) pairs.push([words[index - 1], word]);
    return pairs;
  }, /** @type {[string, string][]} */ ([])),
).set("nbsp", "\u00a0").set("ensp", "\u2002").set("emsp", "\u2003").set("thinsp", "\u2009").set("shy", "\u00ad").set("zwj", "\u200d").set("zwnj", "\u200c");

const REFERENCE = /&(?:#[xX]([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-zA-Z][a-zA-Z0-9]{1,31}));/y;

/** The reference that begins at `at`, or null. @param {string} text @param {number} at @returns {{text: string, end: number} | null} */
export function referenceAt(text, at) {
  REFERENCE.lastIndex = at;
  const found = REFERENCE.exec(text);
  if (!found) return null;
  const [whole, hex, decimal, name] = found;
  const character = name ? NAMES.get(name) : ofNumber(hex ? Number.parseInt(hex, 16) : Number.parseInt(decimal, 10));
  return character === undefined ? null : { text: character, end: at + whole.length };
}

/** @param {number} code */
function ofNumber(code) {
  const forbidden = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return forbidden ? "\ufffd" : String.fromCodePoint(code);
}

/** A whole string with its references and backslashes resolved, as in an address or a title. @param {string} text */
export function plain(text) {
  return text.replace(/\\([!-/:-@[-`{-~])|&[#\w]+;/g, (whole, escaped) => escaped ?? referenceAt(whole, 0)?.text ?? whole);
}
