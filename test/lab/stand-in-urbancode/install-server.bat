@echo off
rem The installer on Windows: in its own folder, with JAVA_HOME's Java.
setlocal
cd /d "%~dp0"
if "%JAVA_HOME%"=="" set JAVA_HOME=C:\ucd\java
"%JAVA_HOME%\bin\java.exe" -cp lib\ant-launcher.jar %* org.apache.tools.ant.launch.Launcher
