.PHONY: demo test browser soak fidelity docs check workflows setup

# Shows what the tool does: on migrations without a server, then on a server of its own.
demo:
	@scripts/demo

# Everything: unit, integration and doc tests, against each PostgreSQL version that is here.
test: setup
	cargo test --locked

# The report as a page, in headless Chromium; skipped where that cannot be had.
browser: setup
	@scripts/browser

# Pairs of expressions, and statements over a growing schema, drawn anew and judged by servers, for SOAK_MINUTES (10).
soak: setup
	cargo test --locked --test it ::soak -- --ignored --nocapture

# How far replays of the corpus come to what servers have.
fidelity: setup
	cargo test --locked --test it corpus::fidelity -- --ignored --nocapture

# The pages of the docs that are written from the code.
docs: setup
	SCHEMA_CHECK_WRITE_DOCS=1 cargo test --locked --test it -- book::reference book::codes coverage:: schema::

# What a change has to pass besides the tests.
check:
	@scripts/setup build lint
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

# What CI runs besides: workflows, the action, the scripts and the Dockerfile.
workflows:
	@scripts/workflows

# What building and testing need beyond a Rust toolchain and a C compiler.
setup:
	@scripts/setup build servers readers pooler
