/** Takes user names and passwords out of connection strings, and values of settings that hold secrets. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@')
    .replace(/\b([\w.]*(?:password|passwd|secret|private[-_]?key|api[-_]?key|token)[\w.]*\s*[=:]\s*)\S+/gi, '$1***');
}
