# `make` lists the targets. `make run` and `make test` do all the set-up that they need.

CONFIGURATION := release
WEBHOOK := .build/$(CONFIGURATION)/webhook
LISTEN := 127.0.0.1:8443
ADMIN_LISTEN := 127.0.0.1:8080
POLICIES := policies
REVIEW := policies/require-image-digest/tests/fail/review-for-curl.json
SWIFT_FILES := Package.swift Sources Tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help run test build certs check format lint setup clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: build certs ## build, create development certificates, and serve the policies on https://127.0.0.1:8443
	@printf '%s\n' '' 'Ask it for a decision from another terminal, in this folder:' '' \
	  "  curl --silent --show-error --cacert certs/ca.crt --header 'Content-Type: application/json' \\" \
	  '    --data-binary @$(REVIEW) \' \
	  "    https://$(LISTEN)/validate | sed 's/\\\\n/\\n/g'" '' 'Control-C ends it.' ''
	@exec $(WEBHOOK) serve --policies $(POLICIES) --listen $(LISTEN) --admin-listen $(ADMIN_LISTEN) \
	  --certificate certs/tls.crt --key certs/tls.key

test: ## lint, build for release, and run all tests
	@tools/setup test
	@$(MAKE) --no-print-directory lint
	swift build --configuration release --product webhook
	Tests/CELDifferential/run
	Tests/HTTPConformance/run
	Tests/JUnitSchema/run
	swift test --disable-xctest

build: ## build the program for release: .build/release/webhook
	@tools/setup build
	swift build --configuration $(CONFIGURATION) --product webhook

certs: certs/tls.crt ## create certificates for localhost in certs/, if there are none

certs/tls.crt: | build
	$(WEBHOOK) certs --output certs --dns-name localhost --ip 127.0.0.1

check: build ## check the policies for mistakes
	$(WEBHOOK) check $(POLICIES)

format: ## format the Swift sources
	swift format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

lint: ## check the format of the Swift sources
	swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

setup: ## install what building and testing need, and nothing else
	@tools/setup test

clean: ## remove what was built, but not the certificates
	rm -rf .build
