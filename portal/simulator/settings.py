from __future__ import annotations

from msgspec import Struct


class Settings(Struct, kw_only=True, forbid_unknown_fields=True):
    """Meta's limits and the choices where Meta's own pages differ; change them with POST /_sim/settings."""

    registration_window_hours: int = 336
    signup_code_seconds: int = 30
    signup_error_as_cancel: bool = False  # the older page: event CANCEL with error_id
    terms_error_code: int = 100
    register_calls: int = 10
    register_hours: int = 72
    pin_retry_seconds: int = 60
    pin_wrong_guesses: int = 5
    pin_lock_seconds: int = 43_200
    code_requests: int = 5
    wrong_codes: int = 5
    code_cooldown_hours: int = 12
    code_valid_seconds: int = 600
    numbers_per_portfolio: int = 20
    service_window_hours: int = 24
    window_error_at_once: bool = False  # 131047 in the answer instead of in a failed status
    template_review_seconds: float = 2.0  # 0: templates stay PENDING until /_sim/template decides
    templates_per_waba: int = 6000
    template_edits_24_hours: int = 1
    template_edits_30_days: int = 10
    media_url_seconds: int = 300
    media_days: int = 30
    preverified_days: int = 90
    coexistence_sync_hours: int = 24
    seed_messages_answer: bool = False  # {"id": "wamid..."} as the guide shows it
    user_ids: bool = True  # BSUIDs in contacts and statuses, as since April 2026
    pair_seconds: int = 6
    pair_burst: int = 45
    throughput_standard: int = 80
    throughput_high: int = 1000
    throughput_coexistence: int = 20
    management_calls_per_hour: int = 200  # of an app and an account
    management_calls_per_hour_active: int = 5000  # of an account with a registered number
    management_error_code: int = 80007  # Meta's other page says 80008
    credit_line_calls_per_hour: int = 5000
    free_service_messages: int = 1000
    sent_after_seconds: float = 0.05
    delivered_after_seconds: float = 0.3
    partner_added_after_seconds: float = 0.3
    webhook_batch: int = 1000
    webhook_retry_hours: int = 168
    webhook_timeout_seconds: float = 20.0
    newest_version: float = 26.0
    oldest_version: float = 21.0
    onprem_available: bool = True
