/**
 * A double as arrow-rs shows it, by ECMAScript's own digits, which are what is wanted: the fewest that give the double
 * back, of such the nearest.
 */
export function doubleText(value: number, style: 'json' | 'text'): string {
  if (!Number.isFinite(value)) return style === 'json' ? 'null' : String(value).replace('Infinity', 'inf');
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-5 && magnitude < (style === 'json' ? 1e10 : 1e16))
    return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const point = style === 'json' && !digits.includes('.') ? '.0' : '';
  return `${digits}${point}e${Number(exponent)}`;
}
