from __future__ import annotations

import hmac


def same(left: str, right: str) -> bool:
    """Equal, in constant time, whatever characters came in."""
    return hmac.compare_digest(left.encode(errors="surrogatepass"), right.encode(errors="surrogatepass"))
