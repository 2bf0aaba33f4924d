{{- define "zoo.labels" -}}
app.kubernetes.io/name: xlxmert-zoo
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "zoo.name" -}}
{{ printf "%s-xlxmert-zoo" .Release.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "zoo.secretEnv" -}}
- name: DATABASE_URL_FILE
  value: /run/secrets/zoo/database-url
{{- with .Values.store }}
{{- if .url }}
- name: STORE_URL
  value: {{ .url | quote }}
- name: AWS_REGION
  value: {{ .region | quote }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: { name: {{ $.Values.existingSecret }}, key: aws-access-key-id, optional: true }
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: { name: {{ $.Values.existingSecret }}, key: aws-secret-access-key, optional: true }
{{- if .endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ .endpoint | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "zoo.pod" -}}
serviceAccountName: {{ include "zoo.name" . }}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "zoo.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: data, mountPath: /data }
  - { name: secrets, mountPath: /run/secrets/zoo, readOnly: true }
{{- end }}
