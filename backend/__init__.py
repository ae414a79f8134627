"""The application: `create_app()` puts the rooms together and does nothing else."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backend.ambient import Ambient
from backend.config import Settings, read_settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None, ambient: Ambient | None = None) -> Flask:
    """The WSGI application. Raises SettingsError when the environment cannot be used."""
    from backend import cli, database, errors, headers, routes
    from backend.jobs import embedded
    from backend.services.photos import store

    settings = settings or read_settings()
    app = Flask(__name__, static_folder=None, instance_path=str(settings.instance_dir))
    app.config.update(
        SECRET_KEY=settings.secret_key, TRUSTED_HOSTS=list(settings.trusted_hosts), MAX_CONTENT_LENGTH=None
    )
    app.extensions["diaban_settings"] = settings
    app.extensions["diaban_ambient"] = ambient or Ambient()
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        # Flask documents this way of wrapping; mypy sees a method
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    database.init_database(app, settings)
    errors.init_errors(app)
    headers.init_headers(app, settings)
    store.init_photo_store(app, settings)
    routes.init_routes(app)
    cli.init_commands(app)
    embedded.init_embedded(app)
    return app
