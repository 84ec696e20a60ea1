<#
.SYNOPSIS
    Makes module/en-US/Oms.PowerShell.dll-Help.xml of Help.psd1 and the built cmdlets. Run it after a change of a parameter or of a text.
#>
[CmdletBinding()]
param()
$ErrorActionPreference = 'Stop'
$root = Join-Path $PSScriptRoot '../../..'
Import-Module (Get-ChildItem "$root/out/Oms.PowerShell/*/Oms.PowerShell.psd1" | Sort-Object LastWriteTime | Select-Object -Last 1) -Force
$text = Import-PowerShellDataFile "$PSScriptRoot/Help.psd1"
$common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
$switches = @{
    WhatIf  = 'Shows what would happen; nothing is changed and nothing is emitted.'
    Confirm = 'Asks before anything is changed.'
}

function esc([string] $value) { [System.Security.SecurityElement]::Escape($value) }
function para([string] $value) { "<maml:para>$(esc $value)</maml:para>" }
function typeName([type] $type) {
    $inner = [Nullable]::GetUnderlyingType($type)
    $plain = $inner ? $inner : $type
    switch ($plain) { ([string]) { 'String'; break } ([string[]]) { 'String[]'; break } ([int]) { 'Int32'; break } default { $plain.Name } }
}
function parameterXml($parameter, $description) {
    $position = $parameter.Position -ge 0 ? $parameter.Position : 'named'
    $pipeline = @($(if ($parameter.ValueFromPipeline) { 'ByValue' }), $(if ($parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' })) -ne $null
    $input = $pipeline ? "True ($($pipeline -join ', '))" : 'False'
    $type = typeName $parameter.ParameterType
    $wildcards = (Get-Command $command).Parameters[$parameter.Name].Attributes.Where{ $_ -is [System.Management.Automation.SupportsWildcardsAttribute] }.Count -gt 0
    $value = $parameter.ParameterType -eq [switch] ? '' : "<command:parameterValue required=`"true`">$(esc $type)</command:parameterValue>"
    @"
<command:parameter required="$("$($parameter.IsMandatory)".ToLowerInvariant())" globbing="$("$wildcards".ToLowerInvariant())" pipelineInput="$input" position="$position" aliases="$(@($parameter.Aliases) -join ', ')">
<maml:name>$($parameter.Name)</maml:name><maml:description>$(para $description)</maml:description>$value
<dev:type><maml:name>$(esc $type)</maml:name></dev:type></command:parameter>
"@
}

$xml = foreach ($command in $text.Keys | Sort-Object) {
    $info = Get-Command $command
    $help = $text[$command]
    $describe = { param($name) $help.Parameters[$name] ?? $switches[$name] }
    $sets = foreach ($set in $info.ParameterSets) {
        $own = $set.Parameters.Where{ $_.Name -notin $common -or $_.Name -in $switches.Keys }
        "<command:syntaxItem><maml:name>$command</maml:name>$(($own | ForEach-Object { parameterXml $_ (& $describe $_.Name) }) -join "`n")</command:syntaxItem>"
    }
    $all = $info.ParameterSets.Parameters.Where{ $_.Name -notin $common -or $_.Name -in $switches.Keys } | Group-Object Name | ForEach-Object { $_.Group[0] }
    $number = 0
    $examples = foreach ($example in $help.Examples) {
        $number++
        "<command:example><maml:title>Example $number</maml:title><dev:code>$(esc $example.Code)</dev:code><dev:remarks>$(para $example.Text)</dev:remarks></command:example>"
    }
    @"
<command:command xmlns:maml="http://schemas.microsoft.com/maml/2004/10" xmlns:command="http://schemas.microsoft.com/maml/dev/command/2004/10" xmlns:dev="http://schemas.microsoft.com/maml/dev/2004/10">
<command:details><command:name>$command</command:name><command:verb>$($info.Verb)</command:verb><command:noun>$($info.Noun)</command:noun><maml:description>$(para $help.Synopsis)</maml:description></command:details>
<maml:description>$(para $help.Description)</maml:description>
<command:syntax>$($sets -join "`n")</command:syntax>
<command:parameters>$(($all | ForEach-Object { parameterXml $_ (& $describe $_.Name) }) -join "`n")</command:parameters>
<command:returnValues><command:returnValue><dev:type><maml:name>$(esc $help.Outputs)</maml:name></dev:type></command:returnValue></command:returnValues>
<command:examples>$($examples -join "`n")</command:examples>
<command:relatedLinks><maml:navigationLink><maml:linkText>about_Oms_PowerShell</maml:linkText></maml:navigationLink></command:relatedLinks>
</command:command>
"@
}
$document = [xml]::new()
$document.LoadXml("<helpItems schema=`"maml`" xmlns=`"http://msh`">$($xml -join "`n")</helpItems>")
$settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; Encoding = [System.Text.UTF8Encoding]::new($false); NewLineChars = "`n" }
$writer = [System.Xml.XmlWriter]::Create((Join-Path $root 'module/en-US/Oms.PowerShell.dll-Help.xml'), $settings)
$document.Save($writer)
$writer.Dispose()
