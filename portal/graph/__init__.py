"""Meta's Graph API in Meta's words: one function per endpoint over one client. No Django here."""
