@echo off
rem The vendor's script for people; a site's service starts the same program.
setlocal
set SERVER_HOME=@SERVER_HOME@
set JAVA_HOME=@JAVA_HOME@
set UCD_SERVICE_SCRIPT=%SERVER_HOME%\bin\server.cmd
set WORDS=-Dmin.java.version=1.8.0 -jar "%SERVER_HOME%\bin\launcher.jar" "%SERVER_HOME%\bin\classpath.conf"
if "%1"=="run" goto run
if "%1"=="start" goto start
if "%1"=="stop" goto stop
echo Usage: server.cmd {run^|start^|stop}
goto end
:run
"%JAVA_HOME%\bin\java.exe" %WORDS% com.urbancode.ds.UDeployServer
goto end
:start
start "Server" "%JAVA_HOME%\bin\java.exe" %WORDS% com.urbancode.ds.UDeployServer
goto end
:stop
"%JAVA_HOME%\bin\java.exe" %WORDS% com.urbancode.container.tomcat.ContainerShutdown
:end
