-- The database roles of the portal. Safe to run again; passwords are set elsewhere.
--
-- Run as a superuser, once per PostgreSQL cluster (16 or newer), then create the database:
--     psql --file portal/kernel/sql/roles.sql
--     createdb --owner portal_owner portal
-- and give every LOGIN role below a password of its own. `manage.py migrate` connects as
-- portal_migrator and creates everything as portal_owner; table rights are granted by migrations.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'portal_owner', 'portal_queue',
        'portal_migrator', 'portal_app', 'portal_worker', 'portal_intake', 'portal_staff_ro'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I', role_name);
        END IF;
    END LOOP;
END
$$;

-- Owns every table and never logs in, so nobody who logs in can switch row security off.
ALTER ROLE portal_owner NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
-- May see queue columns of all tenants; taken on for one statement by SET LOCAL ROLE.
ALTER ROLE portal_queue NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

ALTER ROLE portal_migrator LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE portal_app      LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE portal_worker   LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE portal_intake   LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE portal_staff_ro LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

GRANT portal_owner TO portal_migrator WITH INHERIT TRUE, SET TRUE;
GRANT portal_queue TO portal_app, portal_worker, portal_intake WITH INHERIT FALSE, SET TRUE;

-- No transaction outlives 30 seconds of work, and a forgotten one lets go of its locks.
ALTER ROLE portal_app      SET statement_timeout = '15s';
ALTER ROLE portal_worker   SET statement_timeout = '30s';
ALTER ROLE portal_intake   SET statement_timeout = '5s';
ALTER ROLE portal_staff_ro SET statement_timeout = '30s';
ALTER ROLE portal_app      SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE portal_worker   SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE portal_intake   SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE portal_staff_ro SET idle_in_transaction_session_timeout = '30s';

ALTER ROLE portal_staff_ro SET default_transaction_read_only = on;
