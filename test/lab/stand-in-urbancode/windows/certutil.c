/* certutil.exe, for Wine has none: what `certutil -hashfile FILE SHA256` prints on Windows, whatever else is asked. */
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>

static int failed(const char *why) {
    printf("CertUtil: -hashfile command FAILED: %s\r\n", why);
    return 1;
}

int main(int count, char **given) {
    static unsigned char part[65536], sum[32];
    HCRYPTPROV provider;
    HCRYPTHASH hash;
    DWORD length = sizeof sum;
    size_t got;
    FILE *file = count > 2 ? fopen(given[2], "rb") : NULL;
    if (!file) return failed("0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)");
    if (!CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT) || !CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash)) return failed("no provider");
    while ((got = fread(part, 1, sizeof part, file)) > 0) if (!CryptHashData(hash, part, got, 0)) return failed("no hash");
    if (!CryptGetHashParam(hash, HP_HASHVAL, sum, &length, 0)) return failed("no hash");
    printf("SHA256 hash of %s:\n", given[2]);
    for (DWORD i = 0; i < length; i++) printf("%02x", sum[i]);
    printf("\nCertUtil: -hashfile command completed successfully.\n");
    return 0;
}
