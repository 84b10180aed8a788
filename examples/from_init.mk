# From data made by a script to a report by `mmcli init`; included by the Makefile of each example.
#
#   make                    data, project, training, samples, scores, report
#   make RECORDS=200        less data

MMCLI ?= mmcli
# The Python of mmcli, which has the packages that the data need: the one that MMCLI names, or that stands beside the program.
PYTHON ?= $(if $(word 2,$(MMCLI)),$(firstword $(MMCLI)),$(dir $(realpath $(shell command -v $(MMCLI))))python)
RECORDS ?=

.PHONY: all data clean
.DELETE_ON_ERROR:

all: project/Makefile
	@$(MAKE) --no-print-directory -C project MMCLI="$(MMCLI)"

data: raw/metadata.jsonl

raw/metadata.jsonl: make_data.py
	$(PYTHON) make_data.py raw $(RECORDS)

project/Makefile: raw/metadata.jsonl
	$(MMCLI) init raw -o project $(INIT)

clean:
	rm -rf raw project
