/** SSH keys for one run of the simulation. */
import ssh2 from 'ssh2';

/** OpenSSH's forms: the private key as a file, the public one as a line. */
export interface FreshKey { readonly private: string; readonly public: string }

/**
 * Makes an ed25519 key, encrypted where a passphrase is given. ssh2 drops leading zero bytes, so about one key in 300 comes
 * out malformed: then another one.
 */
export function freshKey(passphrase?: string): FreshKey {
  for (;;) {
    // One round of key stretching: nobody guesses at a key that lives for minutes, and with more ssh2 computes for a second.
    const key = passphrase === undefined ? ssh2.utils.generateKeyPairSync('ed25519')
      : ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 1 });
    if (![key.private, key.public].some((half) => ssh2.utils.parseKey(half, passphrase) instanceof Error)) return key;
  }
}
