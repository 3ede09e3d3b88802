{{/* Writes the file that Envoy starts with. */}}
{{- define "isoline.bootstrapContainer" -}}
name: bootstrap
{{ include "isoline.image" (dict "root" . "image" .Values.image) }}
{{ include "isoline.containerSecurity" . }}
args:
- bootstrap
- /config/envoy.json
{{- if eq .Values.form "Split" }}
- --xds-address={{ include "isoline.name" . }}
{{- else }}
- --xds-address=127.0.0.1
{{- end }}
- --xds-port={{ .Values.controller.ports.xds }}
- --admin-address=/admin/admin.sock
- --resources-dir=/config/resources
{{- if include "isoline.hasTls" . }}
- --envoy-cafile=/certs/ca.crt
- --envoy-cert-file=/certs/tls.crt
- --envoy-key-file=/certs/tls.key
{{- end }}
{{- with .Values.envoy.overloadMaxHeap }}
- --overload-max-heap={{ int64 . }}
{{- end }}
env:
{{ include "isoline.namespaceVariable" . }}
resources:
  {{- toYaml .Values.envoy.drain.resources | nindent 2 }}
volumeMounts:
- {name: envoy-config, mountPath: /config}
{{- if include "isoline.hasTls" . }}
- {name: envoy-certs, mountPath: /certs, readOnly: true}
{{- end }}
{{- end -}}

{{- define "isoline.envoyContainer" -}}
name: envoy
# A sidecar: Kubernetes ends it after the shutdown manager, which drains it.
restartPolicy: Always
{{ include "isoline.image" (dict "root" . "image" .Values.envoy.image) }}
{{ include "isoline.containerSecurity" . }}
command: [envoy]
args:
- --config-path
- /config/envoy.json
- --service-cluster
- $(CONTOUR_NAMESPACE)
- --service-node
- $(POD_NAME)
- --log-level
- {{ .Values.envoy.logLevel | quote }}
- --concurrency
- {{ .Values.envoy.concurrency | quote }}
- --disable-hot-restart
{{- with .Values.envoy.extraArgs }}
{{ toYaml . }}
{{- end }}
env:
{{ include "isoline.namespaceVariable" . }}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
ports:
{{- range include "isoline.listeners" . | fromYamlArray }}
- name: {{ . }}
  containerPort: {{ include "isoline.listenerPort" (dict "root" $ "listener" .) }}
{{- end }}
- name: statistics
  containerPort: {{ .Values.envoy.statistics.port }}
# Generous: an Envoy without a controller is no better for being started anew.
startupProbe:
  httpGet: {{ include "isoline.statisticsProbe" . }}
  periodSeconds: 2
  failureThreshold: 300
readinessProbe:
  httpGet: {{ include "isoline.statisticsProbe" . }}
  periodSeconds: 4
  failureThreshold: 1
# Not /ready, which fails while Envoy drains.
livenessProbe:
  tcpSocket: {{ include "isoline.statisticsSocket" . }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
resources:
  {{- toYaml .Values.envoy.resources | nindent 2 }}
volumeMounts:
- {name: envoy-config, mountPath: /config, readOnly: true}
- {name: envoy-admin, mountPath: /admin}
{{- if include "isoline.hasTls" . }}
- {name: envoy-certs, mountPath: /certs, readOnly: true}
{{- end }}
{{- end -}}

{{- define "isoline.statisticsHost" -}}
{{- if hasPrefix "127." (include "isoline.statisticsAddress" .) }}host: 127.0.0.1, {{ end -}}
{{- end -}}

{{- define "isoline.statisticsProbe" -}}
{ {{- include "isoline.statisticsHost" . }}path: /ready, port: {{ .Values.envoy.statistics.port -}} }
{{- end -}}

{{- define "isoline.statisticsSocket" -}}
{ {{- include "isoline.statisticsHost" . }}port: {{ .Values.envoy.statistics.port -}} }
{{- end -}}

{{/* Ends first, and only when Envoy has drained. No port: nobody else can ask for that. */}}
{{- define "isoline.shutdownContainer" -}}
name: shutdown-manager
{{ include "isoline.image" (dict "root" . "image" .Values.image) }}
{{ include "isoline.containerSecurity" . }}
args:
- shutdown-manager
- --serve-address=/admin/shutdown.sock
- --ready-file=/admin/ok
- --admin-address=/admin/admin.sock
- --drain-delay={{ .Values.envoy.drain.delaySeconds }}s
- --drain-timeout={{ .Values.envoy.drain.timeoutSeconds }}s
- --min-open-connections={{ .Values.envoy.drain.minOpenConnections }}
resources:
  {{- toYaml .Values.envoy.drain.resources | nindent 2 }}
volumeMounts:
- {name: envoy-admin, mountPath: /admin}
{{- end -}}

{{- define "isoline.envoyVolumes" -}}
- name: envoy-config
  emptyDir: {}
- name: envoy-admin
  emptyDir: {}
{{- if include "isoline.hasTls" . }}
{{ include "isoline.certVolume" (dict "root" . "side" "envoy") }}
{{- end }}
{{- end -}}
