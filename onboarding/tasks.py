"""The journey's work rows and what is done with each."""

from __future__ import annotations

from onboarding.engine import advance
from onboarding.exchange import exchange_code
from onboarding.models import (
    MigrationPlan,
    Notice,
    Onboarding,
    PlanBackup,
    PlanNotice,
    RegistrationWindow,
    SignupSession,
    WaveSchedule,
)
from onboarding.notices import send_notice
from onboarding.plans.moving.backups import wipe_backup
from onboarding.plans.moving.execution import run_plan
from onboarding.plans.telling.notices import send_plan_notice
from onboarding.plans.waves.solving import solve_schedule
from onboarding.watch import watch_window
from portal.kernel.tasks import work_task

work_task(SignupSession)(exchange_code)
work_task(Onboarding)(advance)
work_task(RegistrationWindow)(watch_window)
work_task(Notice)(send_notice)
work_task(MigrationPlan)(run_plan)
work_task(PlanBackup)(wipe_backup)
work_task(PlanNotice)(send_plan_notice)
work_task(WaveSchedule)(solve_schedule)
