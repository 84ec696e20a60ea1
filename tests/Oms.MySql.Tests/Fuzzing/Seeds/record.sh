#!/bin/bash
# Records the seeds beside this script anew from the servers that are installed.
set -euo pipefail
cd "$(dirname "$0")"
OMS_RECORD_SEEDS=$PWD dotnet test ../../../Oms.Integration.Tests --configuration Release --filter FullyQualifiedName~RoundTripSeeds
