"""A bank as it is usually built, to compare with: FastAPI, SQLAlchemy and PostgreSQL, in an environment of its own."""
