# Not covered by the tests, which run where there is no PowerShell. The same flow as onboarding.http, for PowerShell 7.
# Start the service with "npm start" first. Usage: ./onboarding.ps1 [-Service http://127.0.0.1:8080]
param([string] $Service = 'http://127.0.0.1:8080')
$ErrorActionPreference = 'Stop'

function Send([string] $User, [string] $Method, [string] $Href, $Data) {
    $request = @{
        Method             = $Method
        Uri                = "$Service$Href"
        Headers            = @{ 'X-User' = $User }
        SkipHttpErrorCheck = $true
        StatusCodeVariable = 'status'
    }
    if ($null -ne $Data) {
        $request.ContentType = 'application/json; charset=utf-8'
        $request.Body = ConvertTo-Json -InputObject $Data -Depth 20 -Compress
    }
    $answer = Invoke-RestMethod @request
    $what = if ($answer.detail) { $answer.detail } else { $answer.customStatus }
    Write-Host "$User $Method $Href -> $status $what"
    $answer
}

$document = Send 'holly' 'POST' '/api/documents' @{
    type     = 'employee-onboarding'
    title    = 'Onboarding of Ada Lovelace'
    metadata = @{ creator = 'Holly'; applicationId = 'A-1815' }
}
$self = $document._links.self.href

Send 'holly' 'PUT' "$self/sections/InterviewFeedback" @{ feedback = 'Knows her numbers'; isPassed = $true } | Out-Null
Send 'anton' 'POST' "$self/approve" @{ reason = 'I like her' } | Out-Null # too early: 409
Send 'bruno' 'PUT' "$self/sections/BackgroundCheckFeedback" @{ feedback = 'Wanted in two counties'; isPassed = $false } | Out-Null
Send 'clara' 'PUT' "$self/sections/ContractFeedback" @{ feedback = 'Signed'; isPassed = $true } | Out-Null
Send 'bruno' 'PUT' "$self/sections/BackgroundCheckFeedback" @{ feedback = 'Nothing against her'; isPassed = $true } | Out-Null
Send 'anton' 'POST' "$self/approve" @{ reason = 'Welcome!' } | Out-Null

$history = Send 'holly' 'GET' $document._links.history.href
$history._embedded.entries | Format-Table at, by, command, accepted, reason -AutoSize
