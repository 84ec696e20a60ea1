#!/bin/bash
# Installs a PowerShell and Pester 5 for the tests of the cmdlets into $OMS_TEST_POWERSHELL (default ~/.cache/oms-test-powershell), from their NuGet
# packages: the .NET tool "PowerShell", and "Pester". Nothing else on the machine changes. tests/run.sh uses them where no pwsh is on the PATH.
#   tests/powershell/install.sh
set -euo pipefail

prefix=$(readlink -m "${OMS_TEST_POWERSHELL:-$HOME/.cache/oms-test-powershell}")
powershell=7.6.9 pester=5.9.1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 POWERSHELL_TELEMETRY_OPTOUT=1

if [ "$(cat "$prefix/versions" 2>/dev/null)" = "$powershell $pester" ]; then
  echo "PowerShell $powershell and Pester $pester: already installed" >&2
  exit
fi
rm -rf "$prefix"
mkdir -p "$prefix/Modules"
dotnet tool install PowerShell --version $powershell --tool-path "$prefix/bin" >&2

# A package that is no .NET library is had by PackageDownload.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/pester.proj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><RestorePackagesPath>$work/packages</RestorePackagesPath></PropertyGroup>
  <ItemGroup><PackageDownload Include="Pester" Version="[$pester]" /></ItemGroup>
</Project>
PROJECT
dotnet restore "$work/pester.proj" -v quiet >&2
mkdir "$prefix/Modules/Pester"
mv "$work/packages/pester/$pester/tools" "$prefix/Modules/Pester/$pester"
echo "$powershell $pester" > "$prefix/versions"
