# Compiles Types.cs, for Exchange 2007 and for 2010, into a folder: what Add-Type would do, which wants reference
# assemblies that the engine does not carry.
param([string]$Folder)
$ErrorActionPreference = 'Stop'
$references = 'System.Private.CoreLib', 'System.Runtime', 'System.Management.Automation' | ForEach-Object {
    [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile((Join-Path $PSHOME "$_.dll"))
}
$code = Get-Content -Raw -LiteralPath (Join-Path $PSScriptRoot 'Types.cs')
foreach ($version in '2007', '2010') {
    $parse = [Microsoft.CodeAnalysis.CSharp.CSharpParseOptions]::Default.WithPreprocessorSymbols([string[]]"EXCHANGE_$version")
    $compilation = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create(
        "Exchange$version",
        [Microsoft.CodeAnalysis.SyntaxTree[]][Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText($code, $parse),
        [Microsoft.CodeAnalysis.MetadataReference[]]$references,
        [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new('DynamicallyLinkedLibrary'))
    $file = [IO.File]::Create((Join-Path $Folder "Exchange$version.dll"))
    $result = $compilation.Emit($file)
    $file.Close()
    if (-not $result.Success) { throw ($result.Diagnostics -join "`n") }
}
