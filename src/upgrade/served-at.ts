/** The product's own port on a host, as a URL; an IPv6 address stands in brackets. */
export function servedAt(scheme: 'http' | 'https', where: string, itsPort: number): string {
  return `${scheme}://${where.includes(':') ? `[${where}]` : where}:${itsPort}`;
}
