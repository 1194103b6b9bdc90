/** SSH keys for one run of the simulation. */
import ssh2 from 'ssh2';

/** OpenSSH's forms: the private key as a file, the public one as a line. */
export interface FreshKey { readonly private: string; readonly public: string }

/** Makes an ed25519 key. ssh2 drops leading zero bytes, so about one key in 300 comes out malformed: then another one. */
export function freshKey(): FreshKey {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519');
    if (![key.private, key.public].some((half) => ssh2.utils.parseKey(half) instanceof Error)) return key;
  }
}
