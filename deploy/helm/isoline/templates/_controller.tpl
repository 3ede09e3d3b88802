{{- define "isoline.controllerContainer" -}}
name: isoline
{{ include "isoline.image" (dict "root" . "image" .Values.image) }}
{{ include "isoline.containerSecurity" . }}
args:
- serve
- --incluster
{{- if eq .Values.form "Split" }}
- --xds-address={{ .Values.bindAddress }}
{{- else }}
- --xds-address=127.0.0.1
{{- end }}
- --xds-port={{ .Values.controller.ports.xds }}
{{- if include "isoline.hasTls" . }}
- --contour-cafile=/certs/ca.crt
- --contour-cert-file=/certs/tls.crt
- --contour-key-file=/certs/tls.key
{{- else }}
- --insecure
{{- end }}
{{- if .Values.contourConfigName }}
- --contour-config-name={{ .Values.contourConfigName }}
{{- else }}
- --config-path=/config/isoline.yaml
{{- end }}
- --health-address={{ include "isoline.controllerAddress" . }}
- --health-port={{ .Values.controller.ports.http }}
- --http-address={{ include "isoline.controllerAddress" . }}
- --http-port={{ .Values.controller.ports.http }}
- --stats-address={{ include "isoline.statisticsAddress" . }}
- --stats-port={{ .Values.envoy.statistics.port }}
- --envoy-service-name={{ include "isoline.envoy" . }}
- --envoy-service-namespace={{ .Release.Namespace }}
- --leader-election-resource-name={{ include "isoline.name" . }}-leader
- --leader-election-resource-namespace={{ .Release.Namespace }}
- --leader-election-lease-duration={{ .Values.controller.leaderElection.leaseDuration }}
- --leader-election-renew-deadline={{ .Values.controller.leaderElection.renewDeadline }}
- --leader-election-retry-period={{ .Values.controller.leaderElection.retryPeriod }}
{{- with .Values.controller.kubernetesClient.qps }}
- --kubernetes-client-qps={{ . }}
{{- end }}
{{- with .Values.controller.kubernetesClient.burst }}
- --kubernetes-client-burst={{ . }}
{{- end }}
{{- with .Values.ingressClass.names }}
- --ingress-class-name={{ join "," . }}
{{- end }}
{{- with .Values.watchNamespaces }}
- --watch-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.rootNamespaces }}
- --root-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.ingressStatusAddress }}
- --ingress-status-address={{ join "," . }}
{{- end }}
{{- if .Values.certManagerCertificates }}
- --cert-manager-certificates
{{- end }}
- --log-format={{ .Values.controller.logFormat }}
{{- if .Values.controller.debug }}
- --debug
{{- end }}
{{- with .Values.controller.extraArgs }}
{{ toYaml . }}
{{- end }}
env:
{{ include "isoline.namespaceVariable" . }}
ports:
{{- if eq .Values.form "Split" }}
- {name: xds, containerPort: {{ .Values.controller.ports.xds }}}
{{- end }}
- {name: metrics, containerPort: {{ .Values.controller.ports.http }}}
{{- $probe := dict "root" . "port" .Values.controller.ports.http }}
startupProbe:
  httpGet: {{ include "isoline.controllerProbe" (merge (dict "path" "/healthz") $probe) }}
  periodSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet: {{ include "isoline.controllerProbe" (merge (dict "path" "/readyz") $probe) }}
  periodSeconds: 5
livenessProbe:
  httpGet: {{ include "isoline.controllerProbe" (merge (dict "path" "/healthz") $probe) }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
resources:
  {{- toYaml .Values.controller.resources | nindent 2 }}
volumeMounts:
{{- if not .Values.contourConfigName }}
- {name: settings, mountPath: /config, readOnly: true}
{{- end }}
{{- if include "isoline.hasTls" . }}
- {name: isoline-certs, mountPath: /certs, readOnly: true}
{{- end }}
{{ include "isoline.tokenMount" . }}
{{- end -}}

{{- define "isoline.controllerProbe" -}}
{{- $host := ternary "host: 127.0.0.1, " "" (hasPrefix "127." (include "isoline.controllerAddress" .root)) -}}
{ {{- $host }}path: {{ .path }}, port: {{ .port -}} }
{{- end -}}

{{- define "isoline.controllerVolumes" -}}
{{- if not .Values.contourConfigName }}
- name: settings
  configMap: {name: {{ include "isoline.name" . }}}
{{- end }}
{{- if include "isoline.hasTls" . }}
{{ include "isoline.certVolume" (dict "root" . "side" "isoline") }}
{{- end }}
{{ include "isoline.tokenVolume" . }}
{{- end -}}

{{/* Settings are read once: other ones need other Pods. */}}
{{- define "isoline.controllerAnnotations" -}}
checksum/settings: {{ toYaml .Values.config | sha256sum }}
{{- with .Values.controller.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}
